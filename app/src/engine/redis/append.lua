-- Prepended to every script that writes to a room's log, after log.lua.
-- ARGV  2 PUBLISH or SPUBLISH, 3 channel, 4 kind, 5 message id, 6 author, 7 time in ms, 8 the entry's other fields as JSON,
--       9 the whole event as JSON for the bus, 10 entries that are kept (0: all), 11 how long they are, in ms (0: for ever),
--       12 prefix of the keys of reactions

-- Where a cluster's slot is on its way to another node, keys that are not there cannot be asked for, and a script would end
-- in its middle: it ends here, before anything is done. No key has this name.
if ARGV[2] == 'SPUBLISH' then
  local found = redis.pcall('EXISTS', KEYS[1] .. '?')
  if type(found) == 'table' then return redis.error_reply('TRYAGAIN the slot is on its way') end
end

local trimmed_per_write = 2
local empty_ttl_ms = 86400000

local function reaction_keys(message)
  return ARGV[12] .. 'n:' .. message, ARGV[12] .. 'by:' .. message, ARGV[12] .. 'of:' .. message
end

local function forget(message)
  redis.call('HDEL', KEYS[3], message, message .. '/c', message .. '/m', message .. '/e')
  redis.call('ZREM', KEYS[4], message)
  redis.call('DEL', reaction_keys(message))
end

-- Twice as much as one write adds, so that a backlog shrinks.
local function trim(log)
  local max, ttl = tonumber(ARGV[10]), tonumber(ARGV[11])
  if max == 0 and ttl == 0 then return end
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', trimmed_per_write)) do
    local fields = fields_of(entry[2])
    local is_excess = max > 0 and seq_of(entry[1]) <= log.seq - max
    local is_old = ttl > 0 and tonumber(fields.t) < tonumber(ARGV[7]) - ttl
    if not (is_excess or is_old) then return end
    redis.call('XDEL', KEYS[2], entry[1])
    if fields.k == 'chat_message' or fields.k == 'notification' then forget(fields.m) end
  end
end

-- What was once to be kept for a time only may be kept for ever now.
local function keep()
  local ttl = tonumber(ARGV[11])
  if ttl == 0 then
    if redis.call('PERSIST', KEYS[1]) == 0 then return end
    for i = 2, 4 do redis.call('PERSIST', KEYS[i]) end
    return
  end
  redis.call('PEXPIRE', KEYS[1], ttl + empty_ttl_ms)
  for i = 2, 4 do redis.call('PEXPIRE', KEYS[i], ttl) end
end

-- `overlay`: JSON of what the event shows beyond what was asked for, or ''.
local function append(log, overlay)
  log.seq = log.seq + 1
  redis.call('XADD', KEYS[2], log.seq .. '-0', 'k', ARGV[4], 'm', ARGV[5], 'a', ARGV[6], 't', ARGV[7], 'e', ARGV[8])
  redis.call('HSET', KEYS[1], 'seq', log.seq)
  redis.call(ARGV[2], ARGV[3], '1 ' .. log.epoch .. ' ' .. log.seq .. '\n' .. ARGV[9] .. '\n' .. overlay)
  trim(log)
  keep()
end
