-- Who is in a room, and who left it a short time ago.
-- KEYS  1, 2 as in presence.lua
-- ARGV  1 how long it is remembered who left, in ms, 2 … leases that are not asked for
-- Answers {version, lease, what was said as JSON …}.

local unasked = {}
for i = 2, #ARGV do unasked[ARGV[i]] = true end
local answer, fields = { 0 }, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local lease = string.sub(fields[i], 1, 15)
  if fields[i] == 'v' then
    answer[1] = tonumber(fields[i + 1])
  elseif not unasked[lease] then
    table.insert(answer, lease)
    table.insert(answer, fields[i + 1])
  end
end
local time = redis.call('TIME')
local since = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. since, '+inf')) do
  local field, said = string.match(member, '^(.-)%z(.*)$')
  if redis.call('HEXISTS', KEYS[1], field) == 0 then
    table.insert(answer, string.sub(field, 1, 15))
    table.insert(answer, said)
  end
end
return answer
