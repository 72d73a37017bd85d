-- Stores a new message or notification: fence, dedupe, seq, append, trim, publish.
-- After log.lua, append.lua, command.lua.
-- ARGV  15 who made it, as JSON, 16 text, 17 meta as JSON or ''
-- Answers {'stored' | 'duplicate', epoch, seq, message id, time} or {'id_conflict'}.

local log = open_log(true)
local again = answer_again()
if again then return again end
local message, seq = ARGV[5], log.seq + 1
redis.call('HSET', KEYS[3], message, seq .. ' ' .. ARGV[15], message .. '/c', ARGV[16])
if ARGV[17] ~= '' then redis.call('HSET', KEYS[3], message .. '/m', ARGV[17]) end
redis.call('ZADD', KEYS[4], seq, message)
append(log, '')
return answer(log, 'stored')
