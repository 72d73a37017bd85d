-- A page of messages, newest first. After log.lua.
-- ARGV  2 only messages before this seq (0: from the head), 3 messages at most, 4 bytes of text after which to stop,
--       5 entries that are kept (0: all), 6 messages from before this time are not shown, 7 who looks, 8 prefix of the keys of
--       reactions, 9 … users who are not to be seen
-- Answers {epoch, seq, 1 if there are more, [seq, kind, message, author, time, entry, record …, reactions] …}; reactions are
-- a flat list of emoji, seq of first use, count, 1 if the viewer is among them.

local log = open_log(false)
if not log then return { '', 0, 0 } end
local hidden, hidden_count = {}, #ARGV - 8
for i = 9, #ARGV do hidden[ARGV[i]] = true end

-- How many of each emoji are from users who are not to be seen, asking whichever is less.
local function unseen_of(message, emojis)
  local unseen, by = {}, ARGV[8] .. 'by:' .. message
  local function note(emoji) unseen[emoji] = (unseen[emoji] or 0) + 1 end
  if hidden_count * #emojis < redis.call('HLEN', by) then
    for user in pairs(hidden) do
      for _, emoji in ipairs(emojis) do
        if redis.call('HEXISTS', by, #user .. ':' .. user .. emoji) == 1 then note(emoji) end
      end
    end
    return unseen
  end
  for _, key in ipairs(redis.call('HKEYS', by)) do
    local length, rest = string.match(key, '^(%d+):(.*)$')
    if hidden[string.sub(rest, 1, length)] then note(string.sub(rest, length + 1)) end
  end
  return unseen
end

local function reactions_of(message)
  local counts = redis.call('HGETALL', ARGV[8] .. 'n:' .. message)
  if #counts == 0 then return {} end
  local emojis = {}
  for i = 1, #counts, 2 do table.insert(emojis, counts[i]) end
  local unseen = hidden_count > 0 and unseen_of(message, emojis) or {}
  local reactions, viewer = {}, ARGV[7]
  for i = 1, #counts, 2 do
    local first, count = string.match(counts[i + 1], '^(%d+) (%d+)$')
    local mine = redis.call('HEXISTS', ARGV[8] .. 'by:' .. message, #viewer .. ':' .. viewer .. counts[i])
    for _, value in ipairs({ counts[i], first, count - (unseen[counts[i]] or 0), mine }) do
      table.insert(reactions, value)
    end
  end
  return reactions
end

local before, limit, kept = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local from = before > 0 and math.min(before - 1, log.seq) or log.seq
local floor = kept > 0 and math.max(0, log.seq - kept) or 0
local answer, taken, text = { log.epoch, log.seq, 0 }, 0, 0
while from > floor do
  local page = redis.call('ZREVRANGEBYSCORE', KEYS[4], from, '(' .. floor, 'WITHSCORES', 'LIMIT', 0, limit + 1)
  for i = 1, #page, 2 do
    local message, seq = page[i], tonumber(page[i + 1])
    local entry = redis.call('XRANGE', KEYS[2], seq .. '-0', seq .. '-0')[1]
    local fields = entry and fields_of(entry[2])
    if fields and tonumber(fields.t) >= tonumber(ARGV[6]) and not hidden[fields.a] then
      if taken >= limit or text >= tonumber(ARGV[4]) then
        answer[3] = 1
        return answer
      end
      local made, content, meta, edited = unpack(record_of(message))
      local item = { seq, fields.k, message, fields.a, fields.t, fields.e, made, content, meta, edited }
      item[11] = reactions_of(message)
      table.insert(answer, item)
      taken = taken + 1
      text = text + #(content or '') + #(meta or '')
    end
    from = seq - 1
  end
  if #page == 0 then break end
end
return answer
