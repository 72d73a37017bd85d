-- Prepended to every script that touches a room's log.
-- KEYS  1 meta hash (epoch, seq, run, lives), 2 log stream, 3 message hash, 4 order zset of messages by seq
-- ARGV  1 epoch for a new life of the log

local lives_max = 8

-- 40 digits. Found without a pattern, which would take as long as all else that this does.
local function digits_of(section, name)
  local info = redis.call('INFO', section)
  local _, before = string.find(info, name, 1, true)
  return string.sub(info, before + 1, before + 40)
end

-- New wherever Redis starts or takes over as master, also where one does so again that was never restarted and, in between,
-- took the shorter log of its own replica: of that its run_id would say nothing.
local function server_run() return digits_of('replication', 'master_replid:') end

-- Another run of the server may have lost the log's tail: what is left is recorded as (epoch, kept), and the log goes on in
-- a new epoch. Nil: there is no log. Former versions note the run_id: neither takes the other's for another run.
local function open_at(meta, server)
  local epoch, seq, run, lives = unpack(redis.call('HMGET', meta, 'epoch', 'seq', 'run', 'lives'))
  if not epoch then return nil end
  if run == server or run == digits_of('server', 'run_id:') then return { epoch = epoch, seq = tonumber(seq), lives = lives } end
  local former = { epoch .. ' ' .. seq }
  for life in string.gmatch(lives, '[^,]+') do
    if #former < lives_max then table.insert(former, life) end
  end
  lives = table.concat(former, ',')
  redis.call('HSET', meta, 'epoch', ARGV[1], 'run', server, 'lives', lives)
  return { epoch = ARGV[1], seq = tonumber(seq), lives = lives }
end

-- The log as it is now, or nil if there is none and it is not to be made.
local function open_log(is_made)
  local server = server_run()
  local log = open_at(KEYS[1], server)
  if log or not is_made then return log end
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', 0, 'run', server, 'lives', '')
  return { epoch = ARGV[1], seq = 0, lives = '' }
end

-- A position is valid in the current epoch, or in a former one up to what was kept of it.
local function is_valid(log, epoch, seq)
  if epoch == '' and seq == 0 then return true end
  if epoch == log.epoch then return seq <= log.seq end
  for life in string.gmatch(log.lives, '[^,]+') do
    local former, kept = string.match(life, '^(%S+) (%d+)$')
    if former == epoch then return seq <= tonumber(kept) end
  end
  return false
end

local function fields_of(pairs_list)
  local fields = {}
  for i = 1, #pairs_list, 2 do fields[pairs_list[i]] = pairs_list[i + 1] end
  return fields
end

local function seq_of(id) return tonumber(string.match(id, '^%d+')) end

-- A message's record is four fields of one hash: who made it, its text, its meta, whether it was edited.
local function record_of(message)
  return redis.call('HMGET', KEYS[3], message, message .. '/c', message .. '/m', message .. '/e')
end
