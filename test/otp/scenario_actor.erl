%% scenario_actor: an actor that does what a scenario tells it and writes down what it receives. What it can do: scenario.ts.
-module(scenario_actor).
-behaviour(gen_server).

-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-record(state, {trace, name, monitors = #{}}).

init({Trace, #{name := Name} = Spec}) ->
    process_flag(trap_exit, maps:get(trapExit, Spec, false)),
    trace_log:born(Trace, Name, self()),
    {ok, #state{trace = Trace, name = Name}}.

handle_call(barrier, _From, State) -> {reply, ok, State};
handle_call({ops, Ops}, From, State) -> perform(Ops, From, State).

handle_cast({ops, Ops, From}, State) -> perform(Ops, From, State).

handle_info({note, Sender, Value}, State) -> heard(State, "note ~w from ~s", [Value, Sender]);
handle_info({ops, Ops, From}, State) -> perform(Ops, From, State);
handle_info({'EXIT', Pid, Reason}, State) -> heard(State, "exit of ~s ~s", [id(State, Pid), trace_log:reason(Reason)]);
handle_info({'DOWN', _, process, Pid, Reason}, State) ->
    heard(State, "down of ~s ~s", [id(State, Pid), trace_log:reason(Reason)]);
handle_info({[alias | _], _SecondAnswer}, State) ->
    {noreply, State}.

terminate(_Reason, _State) ->
    ok.

heard(State, Format, Arguments) ->
    tell(State, Format, Arguments),
    {noreply, State}.

tell(#state{trace = Trace, name = Name}, Format, Arguments) ->
    trace_log:add(Trace, "~s " ++ Format, [Name | Arguments]).

id(#state{trace = Trace}, Pid) ->
    trace_log:id(Trace, Pid).

%% Ops run one after the other inside one handler; `From` is whom a `reply` answers.
perform([], _From, State) ->
    {noreply, State};
perform([#{op := stop, reason := Reason} | _], _From, State) ->
    {stop, reason(Reason), State};
perform([Op | Rest], From, State) ->
    perform(Rest, From, run_if_known(Op, From, State)).

%% Who was to be spawned by an actor that had ended was never there.
run_if_known(#{to := To} = Op, From, State) ->
    case pid(State, To) of
        undefined -> State;
        _ -> run(Op, From, State)
    end;
run_if_known(Op, From, State) ->
    run(Op, From, State).

run(#{op := link, to := To}, _, State) ->
    link(pid(State, To)),
    State;
run(#{op := unlink, to := To}, _, State) ->
    unlink(pid(State, To)),
    State;
run(#{op := monitor, to := To} = Op, _, #state{monitors = Monitors} = State) ->
    Monitor = monitor(process, pid(State, To)),
    State#state{monitors = Monitors#{maps:get(tag, Op, To) => Monitor}};
run(#{op := demonitor, tag := Tag}, _, #state{monitors = Monitors} = State) ->
    %% One that was never made is no monitor.
    [demonitor(Monitor, [flush]) || {ok, Monitor} <- [maps:find(Tag, Monitors)]],
    State;
run(#{op := exit, to := To, reason := Reason}, _, State) ->
    exit(pid(State, To), reason(Reason)),
    State;
run(#{op := send, to := To, value := Value}, _, #state{name = Name} = State) ->
    pid(State, To) ! {note, Name, Value},
    State;
run(#{op := tell, to := To, ops := Ops}, From, State) ->
    gen_server:cast(pid(State, To), {ops, Ops, From}),
    State;
run(#{op := later, ms := Ms, ops := Ops}, From, State) ->
    trace_log:busy_for(State#state.trace, Ms),
    erlang:send_after(Ms, self(), {ops, Ops, From}),
    State;
run(#{op := call, to := To, timeoutMs := TimeoutMs, ops := Ops}, _, State) ->
    try gen_server:call(pid(State, To), {ops, Ops}, TimeoutMs) of
        Value -> tell(State, "answer ~w", [Value])
    catch
        exit:{timeout, _} -> tell(State, "no answer timeout", []);
        exit:{Reason, {gen_server, call, _}} -> tell(State, "no answer gone ~s", [trace_log:reason(Reason)])
    end,
    State;
run(#{op := reply, value := Value}, From, State) ->
    gen_server:reply(From, Value),
    State;
run(#{op := crash}, _, _State) ->
    error({crash, boom});
run(#{op := spawn, name := Name} = Spec, _, #state{trace = Trace} = State) ->
    Argument = {Trace, Spec},
    case Spec of
        #{link := true} -> {ok, _} = gen_server:start_link(?MODULE, Argument, []);
        _ -> {ok, _} = gen_server:start(?MODULE, Argument, [])
    end,
    case Spec of
        #{monitor := true} -> run(#{op => monitor, to => Name}, none, State);
        _ -> State
    end.

pid(#state{trace = Trace}, Name) ->
    trace_log:find(Trace, Name).

reason(shutdownX) -> {shutdown, x};
reason(Reason) -> Reason.
