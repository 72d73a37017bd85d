-- Prepended to every script that touches a session, after lives.lua.
-- KEYS  1 hash of the session: u user, a address of its newest socket or '', g generation of that, n messages taken, and
--         for each lease that has sockets of it the generation of its newest one there

-- Of everybody who has sockets of it, as far as is known: {lease, generation}.
local function holders()
  local found, fields = {}, redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    if #fields[i] == lease_length then table.insert(found, { fields[i], tonumber(fields[i + 1]) }) end
  end
  return found
end

-- The live one with the newest socket, other than `lease`, and its generation.
local function newest_but(lease, lives)
  local newest, generation = '', 0
  for _, holder in ipairs(holders()) do
    if holder[1] ~= lease and holder[2] > generation and lives(holder[1]) then
      newest, generation = holder[1], holder[2]
    end
  end
  return newest, generation
end
