-- Whether news of rooms were lost: the version of each.
-- KEYS  hashes as the first of presence.lua
-- Answers the versions in one text, 0 where nobody is there.

local versions = {}
for i, key in ipairs(KEYS) do versions[i] = redis.call('HGET', key, 'v') or '0' end
return table.concat(versions, ' ')
