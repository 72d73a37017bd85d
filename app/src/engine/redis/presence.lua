-- What an instance says of users in a room: kept, and told on the room's channel under the next version.
-- KEYS  1 hash: v version, and a lease and a user → what was said as JSON, 2 zset by time (ms) of who left: lease, user, a
--         zero byte, what was said as JSON
-- ARGV  1 lease, 2 PUBLISH or SPUBLISH, 3 channel, 4 how long it is remembered who left, in ms, 5 how long a version is
--       without anybody, in ms, 6 … of each user: id, '1' if there and '' if gone, what is said as JSON

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A version that was forgotten comes back as a greater one.
redis.call('HSETNX', KEYS[1], 'v', now)
local version = redis.call('HINCRBY', KEYS[1], 'v', 1)
local lines = { 'presence ' .. string.format('%.0f', version) .. ' ' .. ARGV[1] }
for i = 6, #ARGV, 3 do
  local field = ARGV[1] .. ARGV[i]
  if ARGV[i + 1] == '1' then
    redis.call('HSET', KEYS[1], field, ARGV[i + 2])
  elseif redis.call('HDEL', KEYS[1], field) == 1 then
    redis.call('ZADD', KEYS[2], now, field .. '\0' .. ARGV[i + 2])
    redis.call('PEXPIRE', KEYS[2], ARGV[4])
  end
  table.insert(lines, ARGV[i + 2])
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[4])
if redis.call('HLEN', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[5]) else redis.call('PERSIST', KEYS[1]) end
redis.call(ARGV[2], ARGV[3], table.concat(lines, '\n'))
return version
