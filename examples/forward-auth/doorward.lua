-- Asks Doorward about a request before HAProxy forwards it (HAProxy 2.5 or later).

local QUESTION = "http://127.0.0.1:8080/_doorward/authz/forward-auth"

-- What Doorward says of a person, and nobody else.
local IDENTITY = { "remote-user", "remote-groups", "remote-email", "remote-name", "doorward-assertion" }

-- What belongs to the connection, or to the body, which is not sent along.
local OWN = {
  ["host"] = true, ["connection"] = true, ["content-length"] = true, ["transfer-encoding"] = true,
  ["expect"] = true, ["te"] = true,
}

-- The lines of HAProxy's headers count from 0.
local function lines(values)
  local all, at = {}, 0
  while values and values[at] do
    all[#all + 1] = values[at]
    at = at + 1
  end
  return all
end

local function question(txn, sent)
  local headers = {}
  for name, values in pairs(sent) do
    if not OWN[name] and not name:find("^x%-forwarded%-") then headers[name] = lines(values) end
  end
  headers["x-forwarded-for"] = { txn.f:src() }
  headers["x-forwarded-proto"] = lines(sent["x-forwarded-proto"])
  headers["x-forwarded-method"] = { txn.f:method() }
  headers["x-forwarded-host"] = lines(sent["host"])
  headers["x-forwarded-uri"] = { txn.f:pathq() }
  return headers
end

-- What the app gets: who it is by Doorward's word alone, and none of Doorward's cookies.
local function introduce(txn, sent, said)
  for name in pairs(sent) do
    local plain = name:gsub("_", "-")
    if plain:find("^remote%-") or plain:find("^doorward%-") then txn.http:req_del_header(name) end
  end
  for _, name in ipairs(IDENTITY) do
    local value = lines(said[name])[1]
    if value then txn.http:req_set_header(name, value) end
  end
  local kept = {}
  for _, line in ipairs(lines(sent["cookie"])) do
    for pair in line:gmatch("[^;%s][^;]*") do
      if not pair:find("^__Host%-doorward") then kept[#kept + 1] = pair end
    end
  end
  txn.http:req_del_header("cookie")
  if #kept > 0 then txn.http:req_set_header("cookie", table.concat(kept, "; ")) end
end

core.register_action("ask_doorward", { "http-req" }, function(txn)
  local sent = txn.http:req_get_headers()
  local answer = core.httpclient():get{ url = QUESTION, headers = question(txn, sent), timeout = 5000 }
  if answer and answer.status == 200 then
    introduce(txn, sent, answer.headers)
    local renewed = lines(answer.headers["set-cookie"])[1]
    if renewed then txn:set_var("txn.renewed", renewed) end
    return
  end
  -- Everything else is what the client is to get; no answer lets nobody in.
  local reply = txn:reply()
  local status = answer and answer.status or 0
  reply:set_status(status >= 300 and status or 503)
  for name, values in pairs(answer and answer.headers or {}) do
    if not OWN[name] then
      for _, value in ipairs(lines(values)) do reply:add_header(name, value) end
    end
  end
  reply:set_body(answer and answer.body or "")
  txn:done(reply)
end)
