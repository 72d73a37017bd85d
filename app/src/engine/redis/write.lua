-- Stores writes to one room, in their order: fence once; dedupe, seq, append for each; then trim and publish once.
-- After log.lua, append.lua, command.lua, make.lua, change.lua.
-- ARGV  8 … ten for each write: kind, message id, author, time in ms, entry, event, hash of the command, who, text, meta
-- Answers {epoch, outcome of each write …}: its seq, {epoch, seq, message id, time} of a command that was stored before or
-- changes nothing, or 'id_conflict', 'not_found', 'forbidden', 'too_large'.

local function write_at(index)
  local kind, message, author, at, entry, event, hash, by, content, meta = unpack(ARGV, index * 10 - 2, index * 10 + 7)
  return {
    record = KEYS[4 + index], kind = kind, message = message, author = author, at = at, entry = entry, event = event,
    hash = hash, by = by, content = content, meta = meta,
  }
end

local log = open_log(false)

local function carry_out(write)
  local is_made = write.kind == 'chat_message' or write.kind == 'notification'
  log = log or open_log(is_made)
  if not log then return 'not_found' end
  local before = outcome_before(write)
  if before then return before end
  local refusal = nil
  if is_made then make(log, write) else refusal = change(log, write) end
  if refusal and refusal ~= 'same' then return refusal end
  remember(log, write)
  return refusal and { log.epoch, log.seq, write.message, write.at } or log.seq
end

local outcomes, last = {}, nil
local is_done, fault = pcall(function()
  for index = 1, #KEYS - 4 do
    last = write_at(index)
    outcomes[index] = carry_out(last)
  end
end)
-- What was appended is in the log, whatever came after it.
if log then finish(log, last.at) end
if not is_done then return type(fault) == 'table' and fault or redis.error_reply(fault) end
return { log and log.epoch or '', unpack(outcomes) }
