-- A page of a list in lexical order, with what a hash says of each.
-- KEYS  1 zset, 2 hash (of the list's owner), or '' to ask the hash `ARGV[3] .. member` for ARGV[4]
-- ARGV  1 lower bound as ZRANGEBYLEX takes it, 2 at most, 3 prefix of the members' hashes, 4 field in them
-- Answers {member, value …}.

local answer = {}
for _, member in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, ARGV[2])) do
  table.insert(answer, member)
  local value = ARGV[3] == '' and redis.call('HGET', KEYS[2], member) or redis.call('HGET', ARGV[3] .. member, ARGV[4])
  table.insert(answer, value)
end
return answer
