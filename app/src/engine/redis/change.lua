-- Edits or deletes a message, or adds or takes back a reaction. After log.lua, append.lua.

-- `meta`: JSON; '' leaves it as it is.
local function edit(log, write, author)
  local message = write.message
  redis.call('HSET', KEYS[3], message .. '/c', write.content, message .. '/e', 1)
  if write.meta ~= '' then redis.call('HSET', KEYS[3], message .. '/m', write.meta) end
  local meta = redis.call('HGET', KEYS[3], message .. '/m') or cjson.null
  append(log, write, cjson.encode({ messageAuthorId = author.id, metaJson = meta }))
end

local function take_back(counts, by, of, key, member, emoji)
  local first, count = string.match(redis.call('HGET', counts, emoji), '^(%d+) (%d+)$')
  redis.call('HDEL', by, key)
  redis.call('ZREM', of, member)
  if count == '1' then redis.call('HDEL', counts, emoji)
  else redis.call('HSET', counts, emoji, first .. ' ' .. (count - 1)) end
end

-- Whether it changes anything, or 'too_large'. `by`: {user, emoji, action, reactor: JSON, emojisMax}
local function react(log, message, asked)
  local counts, by, of = reaction_keys(message)
  local emoji, key = asked.emoji, #asked.user .. ':' .. asked.user .. asked.emoji
  local member = redis.call('HGET', by, key)
  if (member and 'add' or 'remove') == asked.action then return false end
  if member then
    take_back(counts, by, of, key, member, emoji)
    return true
  end
  local first, count = string.match(redis.call('HGET', counts, emoji) or '', '^(%d+) (%d+)$')
  if not first and redis.call('HLEN', counts) >= asked.emojisMax then return 'too_large' end
  member = emoji .. '\0' .. string.format('%016d', log.seq + 1) .. '\0' .. asked.reactor
  redis.call('HSET', by, key, member)
  redis.call('ZADD', of, 0, member)
  redis.call('HSET', counts, emoji, (first or log.seq + 1) .. ' ' .. ((count or 0) + 1))
  if tonumber(ARGV[5]) > 0 then
    for _, name in ipairs({ counts, by, of }) do redis.call('PEXPIRE', name, ARGV[5]) end
  end
  return true
end

-- Why not: 'not_found', 'forbidden', 'too_large', or 'same' where it changes nothing; nil: it was done.
-- `write.by`: JSON of who asks: {user, isModerator}, and of a reaction what `react` takes.
local function change(log, write)
  local made = record_of(write.message)[1]
  if not made then return 'not_found' end
  local author, asked = cjson.decode(string.match(made, '^%d+ (.*)$')), cjson.decode(write.by)
  if author.kind == 'notification' then return 'not_found' end
  if write.kind == 'reaction' then
    local changes = react(log, write.message, asked)
    if changes ~= true then return changes or 'same' end
    append(log, write, cjson.encode({ messageAuthorId = author.id }))
    return nil
  end
  if author.id ~= asked.user and not asked.isModerator then return 'forbidden' end
  if write.kind == 'message_edit' then
    edit(log, write, author)
  else
    forget({ write.message })
    append(log, write, '')
  end
  return nil
end
