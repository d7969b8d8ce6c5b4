%% runtime_server: the gen_server behind call_per_s, bytes_per_actor and crash_restart_per_s.
%% As trivial as a gen_server can be, so that the figures are those of OTP and not of this module.
-module(runtime_server).
-behaviour(gen_server).

-export([start_link/0, start_link/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

start_link() ->
    gen_server:start_link(?MODULE, idle, []).

%% A server that its supervisor starts again and again; runtime:started/1 counts, and tells it to crash.
start_link(Crasher) ->
    gen_server:start_link(?MODULE, Crasher, []).

init(idle) ->
    {ok, 0};
init(Crasher) ->
    ok = runtime:started(Crasher),
    {ok, 0}.

handle_call(ping, _From, State) ->
    {reply, pong, State}.

handle_cast(_Request, State) ->
    {noreply, State}.

handle_info(crash, _State) ->
    exit(crash).
