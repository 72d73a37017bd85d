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
-- What this script has appended, for the bus.
local appended = {}

local function reaction_keys(message)
  return ARGV[6] .. 'n:' .. message, ARGV[6] .. 'by:' .. message, ARGV[6] .. 'of:' .. message
end

local function forget(messages)
  if #messages == 0 then return end
  local fields, keys = {}, {}
  for _, message in ipairs(messages) do
    for _, mark in ipairs({ '', '/c', '/m', '/e' }) do table.insert(fields, message .. mark) end
    for _, key in ipairs({ reaction_keys(message) }) do table.insert(keys, key) end
  end
  redis.call('HDEL', KEYS[3], unpack(fields))
  redis.call('ZREM', KEYS[4], unpack(messages))
  redis.call('DEL', unpack(keys))
end

-- The oldest entries that are not to be kept any more, at most so many.
local function spent(log, at, count)
  local max, ttl = tonumber(ARGV[4]), tonumber(ARGV[5])
  local ids, messages = {}, {}
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', count)) do
    local fields = fields_of(entry[2])
    local is_excess = max > 0 and seq_of(entry[1]) <= log.seq - max
    local is_old = ttl > 0 and tonumber(fields.t) < at - ttl
    if not (is_excess or is_old) then break end
    table.insert(ids, entry[1])
    if fields.k == 'chat_message' or fields.k == 'notification' then table.insert(messages, fields.m) end
  end
  return ids, messages
end

-- Twice as much as was added, so that a backlog shrinks. Mostly nothing is to go, which one entry shows.
local function trim(log, at)
  if #spent(log, at, 1) == 0 then return end
  local ids, messages = spent(log, at, 2 * #appended)
  redis.call('XDEL', KEYS[2], unpack(ids))
  forget(messages)
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
