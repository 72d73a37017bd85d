-- Where the heads of many logs are. After log.lua.
-- KEYS  meta hashes
-- Answers one line `<epoch> <seq>` for each, in one text: it is asked for every second, for all rooms.

local server, lines = server_run(), {}
for i, meta in ipairs(KEYS) do
  local epoch, seq, run = unpack(redis.call('HMGET', meta, 'epoch', 'seq', 'run'))
  if run and run ~= server then epoch = open_at(meta, server).epoch end
  lines[i] = (epoch or '') .. ' ' .. (seq or 0)
end
return table.concat(lines, '\n')
