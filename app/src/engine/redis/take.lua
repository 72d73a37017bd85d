-- Takes a session for one more socket. After lives.lua, session.lua.
-- ARGV  1 user, 2 lease, 3 address or '', 4 how long a session without sockets is kept, in ms, 5 … as in lives.lua
-- Answers {'session_taken'} or {'taken', generation, messages, address of the newest socket before, other leases that have
-- sockets of it …}, those of the dead included: who only seemed dead has to hear of it.

local lives = lives_after(5)
local user = redis.call('HGET', KEYS[1], 'u')
if user and user ~= ARGV[1] then
  local heir = newest_but('', lives)
  if heir == '' and redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
  return { 'session_taken' }
end
local generation = redis.call('HINCRBY', KEYS[1], 'g', 1)
local answer = { 'taken', generation, tonumber(redis.call('HGET', KEYS[1], 'n') or 0) }
table.insert(answer, redis.call('HGET', KEYS[1], 'a') or '')
for _, holder in ipairs(holders()) do
  if holder[1] ~= ARGV[2] then table.insert(answer, holder[1]) end
  if not lives(holder[1]) then redis.call('HDEL', KEYS[1], holder[1]) end
end
redis.call('HSET', KEYS[1], 'u', ARGV[1], 'a', ARGV[3], ARGV[2], generation)
redis.call('PERSIST', KEYS[1])
return answer
