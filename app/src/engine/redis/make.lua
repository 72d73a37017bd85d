-- Makes a message or a notification. After log.lua, append.lua.

-- `write.by`: who makes it, as JSON; `write.content`; `write.meta`: JSON, or ''.
local function make(log, write)
  local message, seq = write.message, log.seq + 1
  redis.call('HSET', KEYS[3], message, seq .. ' ' .. write.by, message .. '/c', write.content)
  if write.meta ~= '' then redis.call('HSET', KEYS[3], message .. '/m', write.meta) end
  redis.call('ZADD', KEYS[4], seq, message)
  append(log, write, '')
end
