-- Prepended to every script that writes to a room's log, after log.lua.
-- ARGV  2 PUBLISH or SPUBLISH, 3 channel, 4 entries that are kept (0: all), 5 how long they are, in ms (0: for ever), 6 prefix
--       of the keys of reactions

-- Where a cluster's slot is on its way to another node, keys that are not there cannot be asked for, and a script would end
-- in its middle: it ends here, before anything is done. No key has this name.
if ARGV[2] == 'SPUBLISH' then
  local found = redis.pcall('EXISTS', KEYS[1] .. '?')
  if type(found) == 'table' then return redis.error_reply('TRYAGAIN the slot is on its way') end
end

local empty_ttl_ms = 86400000
-- So many more than are kept may be there, and are not shown: they go together, which costs a fraction of one by one.
local excess_max = math.min(50, math.floor(tonumber(ARGV[4]) / 100))
-- What this script has appended, for the bus.
local appended = {}

local function reaction_keys(message)
  return ARGV[6] .. 'n:' .. message, ARGV[6] .. 'by:' .. message, ARGV[6] .. 'of:' .. message
end

-- Few messages have reactions, and whoever has any has them counted: one key of each shows it.
local function forget_reactions(messages)
  local counts = {}
  for i, message in ipairs(messages) do counts[i] = ARGV[6] .. 'n:' .. message end
  if redis.call('EXISTS', unpack(counts)) == 0 then return end
  for _, message in ipairs(messages) do redis.call('DEL', reaction_keys(message)) end
end

local function forget(messages)
  if #messages == 0 then return end
  local fields = {}
  for i, message in ipairs(messages) do
    local last = 4 * i
    fields[last - 3], fields[last - 2] = message, message .. '/c'
    fields[last - 1], fields[last] = message .. '/m', message .. '/e'
  end
  redis.call('HDEL', KEYS[3], unpack(fields))
  redis.call('ZREM', KEYS[4], unpack(messages))
  forget_reactions(messages)
end

-- No entry up to this seq is to be kept any more; of so many, from the oldest, at most. 0: all are kept.
local function spent(log, at, count)
  local max, oldest_at = tonumber(ARGV[4]), at - tonumber(ARGV[5])
  local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  local first = seq_of(oldest[1])
  local last, excess = first + count - 1, log.seq - max - first + 1
  local seq = max > 0 and excess > excess_max and math.min(log.seq - max, last) or 0
  if oldest_at == at or tonumber(fields_of(oldest[2]).t) >= oldest_at then return seq end
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', last .. '-0')) do
    if tonumber(fields_of(entry[2]).t) >= oldest_at then break end
    seq = math.max(seq, seq_of(entry[1]))
  end
  return seq
end

-- At least twice as much as was added, so that a backlog shrinks.
local function trim(log, at)
  local count = math.max(2 * #appended, excess_max + 1)
  local seq = spent(log, at, count)
  if seq == 0 then return end
  redis.call('XTRIM', KEYS[2], 'MINID', (seq + 1) .. '-0')
  forget(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', seq, 'LIMIT', 0, count))
end

-- What was once to be kept for a time only may be kept for ever now.
local function keep()
  local ttl = tonumber(ARGV[5])
  if ttl == 0 then
    if redis.call('PERSIST', KEYS[1]) == 0 then return end
    for i = 2, 4 do redis.call('PERSIST', KEYS[i]) end
    return
  end
  redis.call('PEXPIRE', KEYS[1], ttl + empty_ttl_ms)
  for i = 2, 4 do redis.call('PEXPIRE', KEYS[i], ttl) end
end

-- `write`: kind, message id, author, at in ms, entry: its other fields as JSON, event: all of it as JSON for the bus.
-- `overlay`: JSON of what the event shows beyond what was asked for, or ''.
local function append(log, write, overlay)
  log.seq = log.seq + 1
  local fields = { 'k', write.kind, 'm', write.message, 'a', write.author, 't', write.at, 'e', write.entry }
  redis.call('XADD', KEYS[2], log.seq .. '-0', unpack(fields))
  table.insert(appended, write.event .. '\n' .. overlay)
end

-- In one message, from the last to the first: a version that reads only one then sees a hole, and reads the log.
local function tell(log)
  local lines = { table.concat({ '1', log.epoch, log.seq, #appended }, ' ') }
  for i = #appended, 1, -1 do table.insert(lines, appended[i]) end
  redis.call(ARGV[2], ARGV[3], table.concat(lines, '\n'))
end

-- Once, after the last `append`.
local function finish(log, at)
  if #appended == 0 then return end
  redis.call('HSET', KEYS[1], 'seq', log.seq)
  tell(log)
  trim(log, tonumber(at))
  keep()
end
