-- Copies a slice of a log that another engine has kept, with the records that it made. After log.lua.
-- ARGV  1 the log's epoch, 2 its head after the slice, 3 how long entries are kept, in ms (0: for ever), 4 prefix of the keys
--       of reactions, 5 … entries as JSON: {seq, kind, message, author, at, entry, maker, content, meta, isEdited, reactions},
--       the last five of those that made a message that is still there; reactions: [emoji, count, user, member] each
-- Answers the head, or -1 if there is a log of that name that is another one.

local head = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if head[1] and head[1] ~= ARGV[1] then return -1 end
local copied, ttl = tonumber(head[2] or 0), tonumber(ARGV[3])

local function copy_reactions(message, reactions)
  local counts, by, of = ARGV[4] .. 'n:' .. message, ARGV[4] .. 'by:' .. message, ARGV[4] .. 'of:' .. message
  for _, reaction in ipairs(reactions) do
    local emoji, count, user, member = unpack(reaction)
    redis.call('HSET', counts, emoji, count)
    redis.call('HSET', by, #user .. ':' .. user .. emoji, member)
    redis.call('ZADD', of, 0, member)
  end
  if ttl > 0 and #reactions > 0 then
    for _, name in ipairs({ counts, by, of }) do redis.call('PEXPIRE', name, ttl) end
  end
end

local function copy_record(entry)
  local message = entry.message
  redis.call('HSET', KEYS[3], message, entry.seq .. ' ' .. entry.maker, message .. '/c', entry.content)
  if entry.meta then redis.call('HSET', KEYS[3], message .. '/m', entry.meta) end
  if entry.isEdited then redis.call('HSET', KEYS[3], message .. '/e', 1) end
  redis.call('ZADD', KEYS[4], entry.seq, message)
  copy_reactions(message, entry.reactions)
end

for i = 5, #ARGV do
  local entry = cjson.decode(ARGV[i])
  if entry.seq > copied then
    local fields = { 'k', entry.kind, 'm', entry.message, 'a', entry.author, 't', entry.at, 'e', entry.entry }
    redis.call('XADD', KEYS[2], string.format('%d-0', entry.seq), unpack(fields))
    if entry.maker then copy_record(entry) end
  end
end
copied = math.max(copied, tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', string.format('%d', copied), 'run', server_run(), 'lives', '')
if ttl > 0 then
  redis.call('PEXPIRE', KEYS[1], ttl + 86400000)
  for i = 2, 4 do redis.call('PEXPIRE', KEYS[i], ttl) end
end
return copied
