-- Lets go of the baton of one user. Called by redisDeviceLock.ts.
--
-- Decides: only the device that holds, with the epoch it holds by, may end its leases, on all nodes. Atomic because a
-- takeover may come in between. The epoch stays known, so that an older one never comes back. Safe to run twice.
--
-- KEYS[1]  the lock, a hash: see claim.lua
-- ARGV[1]  now, ms of the epoch, or '' for this server's own time: nowOf in redis/prelude.lua
-- ARGV[2]  deviceId   ARGV[3] epoch
--
-- Replies  1 released, 0 somebody else holds, or nobody
local key = KEYS[1]
if redis.call('TYPE', key).ok ~= 'hash' then return 0 end
local found = redis.call('HMGET', key, 'deviceId', 'epoch')
if found[1] ~= ARGV[2] or tonumber(found[2]) ~= tonumber(ARGV[3]) then return 0 end
local now = nowOf(ARGV[1])
local fields = redis.call('HKEYS', key)
for i = 1, #fields do
  if string.sub(fields[i], 1, 6) == 'lease:' then
    local ends = tonumber(redis.call('HGET', key, fields[i])) or 0
    if ends > now then redis.call('HSET', key, fields[i], whole(now)) end
  end
end
return 1
