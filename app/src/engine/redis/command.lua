-- Prepended to every script that stores a command's outcome, after append.lua.
-- KEYS  5 the record of the command (unused where ARGV[13] is empty)
-- ARGV  13 hash of the command, or '' if it has no id, 14 how long the record lives, in ms

-- The answer to a command that was stored before, or nil.
local function answer_again()
  if ARGV[13] == '' then return nil end
  local record = redis.call('GET', KEYS[5])
  if not record then return nil end
  local hash, epoch, seq, message, at = string.match(record, '^(%S+) (%S*) (%d+) (%S+) (%d+)$')
  if hash ~= ARGV[13] then return { 'id_conflict' } end
  return { 'duplicate', epoch, tonumber(seq), message, at }
end

local function answer(log, what)
  if ARGV[13] ~= '' then
    local record = table.concat({ ARGV[13], log.epoch, log.seq, ARGV[5], ARGV[7] }, ' ')
    redis.call('SET', KEYS[5], record, 'PX', ARGV[14])
  end
  return { what, log.epoch, log.seq, ARGV[5], ARGV[7] }
end
