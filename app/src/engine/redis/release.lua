-- An instance has no socket of a session any more: where that was the newest, and another has one, that is it again.
-- After lives.lua, session.lua.
-- ARGV  1 lease, 2 messages taken there that were not said yet, 3 how long a session without sockets is kept, in ms,
--       4 … as in lives.lua
-- Answers {} if there is no such session, else {user, address, heir or '', generation, other leases that have sockets …}.

local user, address, generation = unpack(redis.call('HMGET', KEYS[1], 'u', 'a', 'g'))
if not user then return {} end
if tonumber(ARGV[2]) > 0 then redis.call('HINCRBY', KEYS[1], 'n', ARGV[2]) end
local held = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
redis.call('HDEL', KEYS[1], ARGV[1])
local newest, newest_generation = newest_but(ARGV[1], lives_after(4))
if newest == '' and held > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
local heir = held > newest_generation and newest or ''
if heir ~= '' then redis.call('HSET', KEYS[1], heir, generation) end
local answer = { user, address, heir, tonumber(generation) }
for _, holder in ipairs(holders()) do table.insert(answer, holder[1]) end
return answer
