-- Remembers when a user was last seen; an earlier time than what is known changes nothing.
-- KEYS  1 the user's key
-- ARGV  1 time in ms, 2 how long it is remembered, in ms

local known = tonumber(redis.call('GET', KEYS[1]) or 0)
if tonumber(ARGV[1]) > known then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
