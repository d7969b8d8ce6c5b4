%% tree_child: a worker below a supervisor. It traps exits, so that it always gets to `terminate`, as actors of ours do.
-module(tree_child).
-behaviour(gen_server).

-export([start_link/2, start_link/3]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

start_link(Trace, Spec) ->
    gen_server:start_link(?MODULE, {Trace, Spec}, []).

%% A child made from a template gets its name from the request that starts it.
start_link(Trace, Template, Id) ->
    start_link(Trace, Template#{id => Id}).

init({Trace, #{id := Id} = Spec}) ->
    process_flag(trap_exit, true),
    N = trace_log:born(Trace, Id, self()),
    case lists:member(N, maps:get(failStarts, Spec, [])) of
        true ->
            trace_log:add(Trace, "fail ~s#~w", [Id, N]),
            error({crash, start});
        false ->
            trace_log:add(Trace, "init ~s#~w", [Id, N]),
            {ok, {Trace, Spec}}
    end.

handle_call(ping, _From, State) ->
    {reply, pong, State}.

handle_cast({finish, How}, State) ->
    put(finishing, true),
    finish(How, State).

finish(normal, State) -> {stop, normal, State};
finish(shutdown, State) -> {stop, shutdown, State};
finish(shutdownX, State) -> {stop, {shutdown, x}, State};
finish(crash, _State) -> error({crash, boom}).

handle_info(_Message, State) ->
    {noreply, State}.

terminate(Reason, {Trace, Spec}) ->
    trace_log:add(Trace, "terminate ~s ~s", [trace_log:name(Trace, self()), trace_log:reason(Reason)]),
    case maps:get(terminate, Spec, quick) of
        quick -> ok;
        hangs -> get(finishing) =:= true orelse timer:sleep(infinity);
        slow -> timer:sleep(maps:get(terminateMs, Spec));
        crashes -> error({crash, terminate})
    end.
