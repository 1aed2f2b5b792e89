-- wrk -s mutate.lua URL -- TEMPLATE: sends a new input with each request; every response must contain the template's expected text.
-- TEMPLATE is a Lua file that returns {authorization, parts, from, expected}: a number is inserted between two parts.
local template
local number
wrong = 0

function init(args)
  template = dofile(args[1])
  number = template.from
  wrk.method = 'POST'
  wrk.headers['content-type'] = 'application/json'
  wrk.headers['authorization'] = template.authorization
end

function request()
  number = number + 1
  return wrk.format(nil, '/graphql', nil, table.concat(template.parts, string.format('%d', number)))
end

function response(status, headers, body)
  if status ~= 200 or not body:find(template.expected, 1, true) then wrong = wrong + 1 end
end

dofile(debug.getinfo(1, 'S').source:match('^@(.*)mutate.lua$') .. 'result.lua')
