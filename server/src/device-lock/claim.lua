-- Settles, or renews, who holds the baton of one user. Called by redisDeviceLock.ts.
--
-- Decides: a higher epoch replaces whoever is there; the same device and epoch again moves the lease of this node; anyone
-- else is told who holds. Atomic because two nodes may settle two takeovers at once, and the higher epoch must win.
-- Safe to run twice: the second run finds its own holder and sets the same lease.
--
-- Each node has a lease of its own for the same holder, in a field «lease:<node>»: two tabs of one device may hang on two
-- nodes, and neither may shorten what the other says. The holder is live while any of them is in force.
--
-- KEYS[1]  the lock, a hash {deviceId, label, epoch, since (ms), lease:<node> (ms) …}
-- ARGV[1]  now, ms of the epoch, or '' for this server's own time: nowOf in redis/prelude.lua
-- ARGV[2]  the node
-- ARGV[3]  'settle' extends and never shortens, 'renew' sets
-- ARGV[4]  deviceId   ARGV[5] label   ARGV[6] epoch   ARGV[7] since, ms
-- ARGV[8]  the lease from now on, ms (may be 0 or less: it has lapsed)
-- ARGV[9]  after so many ms beyond its lease the whole key is forgotten
--
-- Replies  {'held'}
--          {'held', 'dropped'}  what was there could not be read, and is gone
--          {'superseded', deviceId, label, epoch, since, lease from now on in ms}
local key, node, way = KEYS[1], ARGV[2], ARGV[3]
local deviceId, epoch, leaseMs, forgetMs = ARGV[4], tonumber(ARGV[6]), tonumber(ARGV[8]), tonumber(ARGV[9])
local now = nowOf(ARGV[1])

local function read()
  if redis.call('TYPE', key).ok ~= 'hash' or redis.call('HLEN', key) > 1000 then return nil end
  local flat = redis.call('HGETALL', key)
  local held = { leases = {} }
  for i = 1, #flat, 2 do
    local of = string.match(flat[i], '^lease:(.*)$')
    if not of then held[flat[i]] = flat[i + 1]
    else
      local ends = tonumber(flat[i + 1]) or 0
      -- Nobody was ever promised so long.
      if ends <= now + forgetMs then held.leases[of] = ends end
    end
  end
  local number, since = tonumber(held.epoch), tonumber(held.since)
  -- Past 2^53, or a text of a megabyte, is not of our making.
  if not (number and number % 1 == 0 and number < 9007199254740992 and since and since == since) then return nil end
  if not (held.deviceId and #held.deviceId < 200 and held.label and #held.label < 2000) then return nil end
  held.epoch, held.since = number, since
  return held
end

local function latest(leases)
  local last = nil
  for _, ends in pairs(leases) do if not last or ends > last then last = ends end end
  return last or now
end

local existed = redis.call('EXISTS', key) == 1
local held = read()
local ends = now + leaseMs
local kept = {}
if held and epoch <= held.epoch then
  if epoch ~= held.epoch or deviceId ~= held.deviceId then
    return { 'superseded', held.deviceId, held.label, whole(held.epoch), whole(held.since), whole(latest(held.leases) - now) }
  end
  local own = held.leases[node]
  if way == 'settle' and own and own > ends then ends = own end
  -- What another node said and did not renew says nothing any more.
  for of, theirs in pairs(held.leases) do
    if of ~= node then
      if theirs > now then kept[of] = theirs else redis.call('HDEL', key, 'lease:' .. of) end
    end
  end
else
  redis.call('DEL', key)
  redis.call('HSET', key, 'deviceId', deviceId, 'label', ARGV[5], 'epoch', whole(epoch), 'since', ARGV[7])
end
redis.call('HSET', key, 'lease:' .. node, whole(ends))
kept[node] = ends
redis.call('PEXPIRE', key, whole(math.max(latest(kept) - now, 0) + forgetMs))
if existed and not held then return { 'held', 'dropped' } end
return { 'held' }
