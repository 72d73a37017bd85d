-- So many more messages of a session were taken. After lives.lua, session.lua.
-- ARGV  1 how many, 2 … as in lives.lua
-- Answers the leases that have sockets of it.

if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
redis.call('HINCRBY', KEYS[1], 'n', ARGV[1])
local answer = {}
for _, holder in ipairs(holders()) do table.insert(answer, holder[1]) end
return answer
