-- Changes what all instances have to know of, and enters it in the control log, in one step. After log.lua, append.lua. All
-- keys of the control log and of what it decides share one slot.
-- ARGV  7 kind, 8 message id, 9 author, 10 time in ms, 11 entry, 12 event, as append takes them, 13 prefix of the keys below,
--       14 user, 15 room or other user, 16 blocks that one user may have
-- Keys: members:<room> hash user → '1 <at>' | '0 <at>', added:<room> zset of users, groups:<user> zset of rooms,
-- blocks:<user> hash other → at, blocked:<user> zset of others, blockers:<user> set of users.
-- Answers {'stored' | 'same', epoch, seq} or {'too_large'}.

local kind, at, user, other = ARGV[7], ARGV[10], ARGV[14], ARGV[15]
local function key(name, of) return ARGV[13] .. name .. ':' .. of end

local function decide(is_member)
  local was = redis.call('HGET', key('members', other), user)
  if is_member and was and string.sub(was, 1, 1) == '1' then return false end
  redis.call('HSET', key('members', other), user, (is_member and '1 ' or '0 ') .. at)
  redis.call('ZADD', key('groups', user), 0, other)
  redis.call(is_member and 'ZADD' or 'ZREM', key('added', other), unpack(is_member and { 0, user } or { user }))
  return true
end

local function block()
  if redis.call('HEXISTS', key('blocks', user), other) == 1 then return false end
  if redis.call('HLEN', key('blocks', user)) >= tonumber(ARGV[16]) then return 'too_large' end
  redis.call('HSET', key('blocks', user), other, at)
  redis.call('ZADD', key('blocked', user), 0, other)
  redis.call('SADD', key('blockers', other), user)
  return true
end

local function unblock()
  if redis.call('HDEL', key('blocks', user), other) == 0 then return false end
  redis.call('ZREM', key('blocked', user), other)
  redis.call('SREM', key('blockers', other), user)
  return true
end

local changes = true
if kind == 'member_added' then changes = decide(true)
elseif kind == 'member_removed' then changes = decide(false)
elseif kind == 'block_added' then changes = block()
elseif kind == 'block_removed' then changes = unblock() end
if changes == 'too_large' then return { changes } end
local log = open_log(changes) or { epoch = '', seq = 0 }
if changes then
  append(log, { kind = kind, message = ARGV[8], author = ARGV[9], at = at, entry = ARGV[11], event = ARGV[12] }, '')
  finish(log, at)
end
return { changes and 'stored' or 'same', log.epoch, log.seq }
