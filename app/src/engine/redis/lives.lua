-- Prepended to every script that tells live instances from dead ones.
-- A lease is 11 hexadecimal digits of the time (ms) at which it was taken, and 4 random ones; none is ever taken again.

local lease_length = 15

-- `first`: the place in ARGV of the time of the caller's last look, followed by the leases that were live then.
local function lives_after(first)
  local listed, as_of = {}, tonumber(ARGV[first])
  for i = first + 1, #ARGV do listed[ARGV[i]] = true end
  return function(lease)
    return listed[lease] or (tonumber(string.sub(lease, 1, 11), 16) or 0) >= as_of
  end
end
