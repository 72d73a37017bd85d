-- How many sessions of a user have a live socket. After lives.lua.
-- KEYS  1 hash: a lease and a connection id → ''
-- ARGV  1 … as in lives.lua
-- Answers the count.

local lives, counted, count = lives_after(1), {}, 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  local id = string.sub(field, lease_length + 1)
  if lives(string.sub(field, 1, lease_length)) and not counted[id] then
    counted[id] = true
    count = count + 1
  end
end
return count
