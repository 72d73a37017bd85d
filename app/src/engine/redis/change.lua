-- Edits or deletes a message, or adds or takes back a reaction. After log.lua, append.lua, command.lua.
-- ARGV  15 who asks, 16 '1' for a moderator, 17 text of an edit, 18 meta of an edit as JSON, '' leaves it as it is,
--       19 emoji, 20 add or remove, 21 the reactor as JSON, 22 emojis that one message may have
-- Answers as publish.lua does, or {'not_found' | 'forbidden' | 'too_large'}.

local log = open_log(false)
if not log then return { 'not_found' } end
local again = answer_again()
if again then return again end
local kind, message, user = ARGV[4], ARGV[5], ARGV[15]
local made = record_of(message)[1]
if not made then return { 'not_found' } end
local author = cjson.decode(string.match(made, '^%d+ (.*)$'))
if author.kind == 'notification' then return { 'not_found' } end

local function edit()
  redis.call('HSET', KEYS[3], message .. '/c', ARGV[17], message .. '/e', 1)
  if ARGV[18] ~= '' then redis.call('HSET', KEYS[3], message .. '/m', ARGV[18]) end
  local meta = redis.call('HGET', KEYS[3], message .. '/m') or cjson.null
  append(log, cjson.encode({ messageAuthorId = author.id, metaJson = meta }))
end

-- Whether it changes anything, or 'too_large'.
local function react()
  local counts, by, of = reaction_keys(message)
  local emoji, key = ARGV[19], #user .. ':' .. user .. ARGV[19]
  local member = redis.call('HGET', by, key)
  if (member and 'add' or 'remove') == ARGV[20] then return false end
  local first, count = string.match(redis.call('HGET', counts, emoji) or '', '^(%d+) (%d+)$')
  if member then
    redis.call('HDEL', by, key)
    redis.call('ZREM', of, member)
    if count == '1' then redis.call('HDEL', counts, emoji)
    else redis.call('HSET', counts, emoji, first .. ' ' .. (count - 1)) end
    return true
  end
  if not first and redis.call('HLEN', counts) >= tonumber(ARGV[22]) then return 'too_large' end
  member = emoji .. '\0' .. string.format('%016d', log.seq + 1) .. '\0' .. ARGV[21]
  redis.call('HSET', by, key, member)
  redis.call('ZADD', of, 0, member)
  redis.call('HSET', counts, emoji, (first or log.seq + 1) .. ' ' .. ((count or 0) + 1))
  if tonumber(ARGV[11]) > 0 then
    for _, name in ipairs({ counts, by, of }) do redis.call('PEXPIRE', name, ARGV[11]) end
  end
  return true
end

if kind == 'reaction' then
  local changes = react()
  if changes == 'too_large' then return { changes } end
  if not changes then return answer(log, 'duplicate') end
  append(log, cjson.encode({ messageAuthorId = author.id }))
  return answer(log, 'stored')
end
if author.id ~= user and ARGV[16] ~= '1' then return { 'forbidden' } end
if kind == 'message_edit' then
  edit()
else
  forget(message)
  append(log, '')
end
return answer(log, 'stored')
