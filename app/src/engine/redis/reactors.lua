-- Who reacted to a message, by emoji and time. After log.lua.
-- ARGV  2 message, 3 prefix of the keys of reactions, 4 and 5 lexical bounds as ZRANGEBYLEX takes them, 6 at most,
--       7 … users who are not to be seen
-- Answers 0 if there is no such message, else the members of the list.

local made = redis.call('HGET', KEYS[3], ARGV[2])
if not made or cjson.decode(string.match(made, '^%d+ (.*)$')).kind == 'notification' then return 0 end
local hidden, limit = {}, tonumber(ARGV[6])
for i = 7, #ARGV do hidden[ARGV[i]] = true end
local reactors, from = {}, ARGV[4]
while #reactors < limit do
  local page = redis.call('ZRANGEBYLEX', ARGV[3] .. 'of:' .. ARGV[2], from, ARGV[5], 'LIMIT', 0, limit)
  for _, member in ipairs(page) do
    local json = string.match(member, '%z(%b{})$')
    if #reactors < limit and not hidden[cjson.decode(json).userId] then table.insert(reactors, member) end
    from = '(' .. member
  end
  if #page == 0 then break end
end
return reactors
