-- Renews an instance's lease, and shows all. Where it is over, or this is another run of the server, which may have lost
-- something, or the caller wants it so, a new one takes its place, and the former one ends at once.
-- KEYS  1 zset of leases by when they end (ms), 2 hash: lease → what its instance says
-- ARGV  1 the lease, or '', 2 four random hexadecimal digits, 3 how long a lease lasts, in ms, 4 what the instance says,
--       5 run of the server as last seen, '' for a new lease
-- Answers {lease, time, run, lease, end, what its instance says …}.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
local lease = ARGV[1]
local ends = redis.call('ZSCORE', KEYS[1], lease)
if not ends or tonumber(ends) <= now or run ~= ARGV[5] then
  if ends then redis.call('ZADD', KEYS[1], now, lease) end
  lease = string.format('%011x', now) .. ARGV[2]
end
redis.call('ZADD', KEYS[1], now + ARGV[3], lease)
redis.call('HSET', KEYS[2], lease, ARGV[4])
local answer = { lease, now, run }
local leases = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #leases, 2 do
  table.insert(answer, leases[i])
  table.insert(answer, leases[i + 1])
  table.insert(answer, redis.call('HGET', KEYS[2], leases[i]) or '')
end
return answer
