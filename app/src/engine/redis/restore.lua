-- An instance says again that it has sockets of a session. After lives.lua, session.lua.
-- ARGV  1 user, 2 lease, 3 address or '', 4 generation of its newest socket there, as far as it knows, 5 the former lease,
--       or the same, 6 … as in lives.lua
-- Answers {'session_taken'}, or {the lease that has its newest socket, generation of that}. Who was made the newest in the
-- meantime, for want of this one, is so no more.

local user, known = unpack(redis.call('HMGET', KEYS[1], 'u', 'g'))
if user and user ~= ARGV[1] then return { 'session_taken' } end
local lease, mine = ARGV[2], tonumber(ARGV[4])
mine = math.max(mine, tonumber(redis.call('HGET', KEYS[1], lease) or 0))
if ARGV[5] ~= lease then redis.call('HDEL', KEYS[1], ARGV[5]) end
local newest, newest_generation = newest_but(lease, lives_after(6))
local generation = math.max(tonumber(known or 0), mine)
if newest_generation == mine then
  generation = generation + 1
  mine = generation
end
redis.call('HSET', KEYS[1], 'u', ARGV[1], 'g', generation, lease, mine)
redis.call('PERSIST', KEYS[1])
if newest_generation > mine then return { newest, newest_generation } end
redis.call('HSET', KEYS[1], 'a', ARGV[3])
return { lease, mine }
