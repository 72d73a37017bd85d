-- Counts a session among those of a user, or of an address, unless there are too many. After lives.lua.
-- KEYS  1 hash: a lease and a connection id → ''
-- ARGV  1 connection id, 2 lease, 3 sessions at most (0: any), 4 '1' for a trial, which changes nothing, 5 … as in lives.lua
-- Answers {1 if it may be, 1 if this instance had it before}.

local id, mine, max, is_trial = ARGV[1], ARGV[2] .. ARGV[1], tonumber(ARGV[3]), ARGV[4] == '1'
local lives = lives_after(5)

-- A session that is there already is not one more.
local function is_full()
  local others, count = {}, 0
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    local other = string.sub(field, lease_length + 1)
    if lives(string.sub(field, 1, lease_length)) then
      if other == id then return false end
      if not others[other] then count = count + 1 end
      others[other] = true
    elseif not is_trial then
      redis.call('HDEL', KEYS[1], field)
    end
  end
  return count >= max
end

if max > 0 and is_full() then return { 0, 0 } end
local had = redis.call('HEXISTS', KEYS[1], mine)
if not is_trial then redis.call('HSET', KEYS[1], mine, '') end
return { 1, had }
