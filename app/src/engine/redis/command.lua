-- Prepended to scripts that store the outcomes of commands, after append.lua.
-- KEYS  5 … the records of the commands, one per write; that of a command without an id is the meta hash, and not used
-- ARGV  7 how long a record lives, in ms

-- By key: also what this script has stored.
local records = {}
for index, record in ipairs(redis.call('MGET', unpack(KEYS, 5))) do records[KEYS[4 + index]] = record end

-- The outcome of a command that was stored before, or nil. `write.hash`: of the command, or '' if it has no id.
local function outcome_before(write)
  local record = write.hash ~= '' and records[write.record]
  if not record then return nil end
  local hash, epoch, seq, message, at = string.match(record, '^(%S+) (%S*) (%d+) (%S+) (%d+)$')
  if hash ~= write.hash then return 'id_conflict' end
  return { epoch, tonumber(seq), message, at }
end

local function remember(log, write)
  if write.hash == '' then return end
  local record = table.concat({ write.hash, log.epoch, log.seq, write.message, write.at }, ' ')
  redis.call('SET', write.record, record, 'PX', ARGV[7])
  records[write.record] = record
end
