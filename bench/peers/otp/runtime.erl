%% runtime: the metrics of the runtime scenario, on Erlang/OTP.
%%
%% Prints one line of JSON per metric: {"metric":"spawn_per_s","value":1.0}. The value is the median of the
%% runs that follow one to warm up; every run has a fresh process to itself. What a metric means:
%% bench/scenarios/runtime/metrics.ts.
%%
%% The set to measure is the first argument, the number of runs the second:
%%   speed    within the schedulers that `erl` was given
%%   memory   bytes per process, measured once: memory that was used before and freed would blur it
%%   threads  between two schedulers, so it needs +S 2:2
-module(runtime).
-behaviour(supervisor).

-export([main/1, started/1, start_bare/1]).
-export([init/1]).
%% Entry points of spawned processes. Spawned by name, as that is the cheapest way and survives code change.
-export([idle/0, count/1, pong/1, receive_all/2, send_all/2, bare/1, wait_for_wake/0, wake_sender/4]).

-define(SPAWNS, 100_000).
-define(FAN_OUT_PROCESSES, 10_000).
-define(FAN_OUT_SWEEPS, 20).
-define(ROUND_TRIPS, 150_000).
-define(FLOOD, 1_000_000).
-define(CALLS, 100_000).
%% A supervisor keeps its restarts of the last period in a list and walks it at every restart. A fresh
%% supervisor for every 20 restarts keeps the list as short as it is in real life.
-define(SUPERVISORS, 500).
-define(RESTARTS_PER_SUPERVISOR, 20).
-define(CHILDREN, 100_000).
-define(CROSS_THREAD_FLOOD, 1_000_000).
-define(WAKES, 2_000).
-define(IDLE_WAKES, 200).
%% Well past the time for which an idle scheduler spins before it parks.
-define(WAKE_IDLE_MS, 5).
%% More than a bare virtual machine has, fewer than any metric leaves behind.
-define(FEW_PROCESSES, 200).

main([Set, RunsText]) ->
    %% Crash reports must not count against restarts.
    ok = logger:set_primary_config(level, none),
    io:format("{\"otp\":\"~s\",\"schedulers\":~w,\"jit\":~w}~n", [
        erlang:system_info(otp_release),
        erlang:system_info(schedulers_online),
        erlang:system_info(emu_flavor) =:= jit
    ]),
    measure(Set, list_to_integer(RunsText)),
    halt(0).

measure("memory", _Runs) ->
    report(bytes_per_bare_process, bytes_per_bare_process()),
    report(bytes_per_actor, bytes_per_server());
measure(Set, Runs) ->
    [report(Name, median_of(Runs, Run)) || {Name, Run} <- metrics(Set)].

report(Name, Value) ->
    io:format("{\"metric\":\"~s\",\"value\":~.3f}~n", [Name, Value]).

metrics("speed") ->
    [
        {spawn_per_s, fun spawning/0},
        {fan_out_10000_per_s, fun fan_out/0},
        {ping_pong_per_s, fun ping_pong/0},
        {flood_per_s, fun flood/0},
        {call_per_s, fun() -> calling(5_000) end},
        {call_without_timeout_per_s, fun() -> calling(infinity) end},
        {crash_restart_per_s, fun() -> crashing(runtime_server, start_link) end},
        {crash_restart_bare_per_s, fun() -> crashing(?MODULE, start_bare) end}
    ];
metrics("threads") ->
    [
        {cross_thread_per_s, fun cross_thread_flood/0},
        {cross_thread_wake_p50_us, fun() -> cross_thread_wake(?WAKES, 0) end},
        {cross_thread_idle_wake_p50_us, fun() -> cross_thread_wake(?IDLE_WAKES, ?WAKE_IDLE_MS) end}
    ].

median_of(Runs, Run) ->
    _WarmUp = in_fresh_process(Run),
    median(lists:sort([in_fresh_process(Run) || _ <- lists:seq(1, Runs)])).

%% So that no run pays for, or profits from, the heap that the one before has grown.
in_fresh_process(Run) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({value, Run()}) end),
    receive
        {'DOWN', Monitor, process, Pid, {value, Value}} ->
            wait_for_few_processes(),
            Value;
        {'DOWN', Monitor, process, Pid, Reason} ->
            error({measurement_failed, Reason})
    end.

%% Killing 100,000 processes takes a while, and must not run into the next measurement.
wait_for_few_processes() ->
    case erlang:system_info(process_count) < ?FEW_PROCESSES of
        true -> ok;
        false -> timer:sleep(1), wait_for_few_processes()
    end.

%% ---- spawn_per_s ----

spawning() ->
    Start = now_ns(),
    [Last | _] = Pids = spawn_idle(?SPAWNS, []),
    %% The run queue is first in, first out: when the last one answers, all are up.
    answered = ask(Last),
    Rate = rate(?SPAWNS, Start),
    kill(Pids),
    Rate.

spawn_idle(0, Pids) -> Pids;
spawn_idle(N, Pids) -> spawn_idle(N - 1, [spawn(?MODULE, idle, []) | Pids]).

idle() ->
    receive
        {ask, From} ->
            From ! answered,
            idle()
    end.

ask(Pid) ->
    Pid ! {ask, self()},
    receive Answer -> Answer end.

%% ---- fan_out_10000_per_s ----

%% Every sweep sends one message to each process. The last process is asked after every sweep, so that sweeps
%% do not pile up in mailboxes. In the last sweep the message is a question, and the answers prove that every
%% message of the others has been handled.
fan_out() ->
    Pids = [spawn(?MODULE, count, [0]) || _ <- lists:seq(1, ?FAN_OUT_PROCESSES)],
    Last = lists:last(Pids),
    0 = ask(Last),
    Start = now_ns(),
    sweep(?FAN_OUT_SWEEPS, Pids, Last),
    lists:foreach(fun(Pid) -> Pid ! {ask, self()} end, Pids),
    Handled = sum_answers(?FAN_OUT_PROCESSES, 0),
    Rate = rate((?FAN_OUT_SWEEPS + 1) * ?FAN_OUT_PROCESSES, Start),
    Handled = ?FAN_OUT_SWEEPS * ?FAN_OUT_PROCESSES,
    kill(Pids),
    Rate.

sweep(0, _Pids, _Last) ->
    ok;
sweep(N, Pids, Last) ->
    tick_each(Pids),
    _ = ask(Last),
    sweep(N - 1, Pids, Last).

tick_each([]) ->
    ok;
tick_each([Pid | Pids]) ->
    Pid ! tick,
    tick_each(Pids).

count(Handled) ->
    receive
        tick ->
            count(Handled + 1);
        {ask, From} ->
            From ! Handled,
            count(Handled)
    end.

sum_answers(0, Sum) -> Sum;
sum_answers(N, Sum) -> receive Handled -> sum_answers(N - 1, Sum + Handled) end.

%% ---- ping_pong_per_s ----

ping_pong() ->
    Pong = spawn(?MODULE, pong, [self()]),
    Start = now_ns(),
    ping(?ROUND_TRIPS, Pong),
    Rate = rate(?ROUND_TRIPS, Start),
    kill([Pong]),
    Rate.

ping(0, _Pong) ->
    ok;
ping(N, Pong) ->
    Pong ! ping,
    receive pong -> ping(N - 1, Pong) end.

pong(Ping) ->
    receive
        ping ->
            Ping ! pong,
            pong(Ping)
    end.

%% ---- flood_per_s, cross_thread_per_s ----

flood() ->
    flood(?FLOOD, [], []).

%% `scheduler` is not documented, and the only way to bind a process to a scheduler.
cross_thread_flood() ->
    flood(?CROSS_THREAD_FLOOD, [{scheduler, 1}], [{scheduler, 2}]).

flood(N, SenderOptions, ReceiverOptions) ->
    Receiver = spawn_opt(?MODULE, receive_all, [N, self()], ReceiverOptions),
    Start = now_ns(),
    _ = spawn_opt(?MODULE, send_all, [N, Receiver], SenderOptions),
    receive all_handled -> rate(N, Start) end.

send_all(0, _Receiver) ->
    ok;
send_all(N, Receiver) ->
    Receiver ! tick,
    send_all(N - 1, Receiver).

receive_all(0, Owner) -> Owner ! all_handled;
receive_all(N, Owner) -> receive tick -> receive_all(N - 1, Owner) end.

%% ---- cross_thread_wake_p50_us ----

cross_thread_wake(Count, IdleMs) ->
    Receiver = spawn_opt(?MODULE, wait_for_wake, [], [{scheduler, 2}]),
    _ = spawn_opt(?MODULE, wake_sender, [Count, IdleMs, Receiver, self()], [{scheduler, 1}]),
    Times = receive {times, List} -> List end,
    kill([Receiver]),
    median(lists:sort(Times)) / 1_000.

wake_sender(N, IdleMs, Receiver, Owner) ->
    Owner ! {times, [wake(IdleMs, Receiver) || _ <- lists:seq(1, N)]}.

wake(IdleMs, Receiver) ->
    timer:sleep(IdleMs),
    Receiver ! {wake, self(), now_ns()},
    receive Ns -> Ns end.

wait_for_wake() ->
    receive
        {wake, From, SentAt} ->
            From ! now_ns() - SentAt,
            wait_for_wake()
    end.

%% ---- call_per_s ----

calling(TimeoutMs) ->
    {ok, Server} = runtime_server:start_link(),
    Start = now_ns(),
    call(?CALLS, Server, TimeoutMs),
    Rate = rate(?CALLS, Start),
    gen_server:stop(Server),
    Rate.

call(0, _Server, _TimeoutMs) ->
    ok;
call(N, Server, TimeoutMs) ->
    pong = gen_server:call(Server, ping, TimeoutMs),
    call(N - 1, Server, TimeoutMs).

%% ---- crash_restart_per_s ----

crashing(Module, Function) ->
    Times = [restarts_ns(Module, Function) || _ <- lists:seq(1, ?SUPERVISORS)],
    ?SUPERVISORS * ?RESTARTS_PER_SUPERVISOR * 1.0e9 / lists:sum(Times).

%% Start and stop of the supervisor are not timed.
restarts_ns(Module, Function) ->
    Crasher = {atomics:new(1, []), self()},
    {ok, Supervisor} = supervisor:start_link(?MODULE, {crasher, Module, Function, Crasher}),
    Child = receive {up, Pid} -> Pid end,
    Start = now_ns(),
    Child ! crash,
    receive all_restarted -> ok end,
    Ns = now_ns() - Start,
    stop_supervisor(Supervisor),
    Ns.

%% Called by the child in every start of it. No message passes through the owner between two restarts.
started({Starts, Owner}) ->
    case atomics:add_get(Starts, 1, 1) of
        1 -> Owner ! {up, self()};
        N when N > ?RESTARTS_PER_SUPERVISOR -> Owner ! all_restarted;
        _ -> self() ! crash
    end,
    ok.

%% The cheapest child that a supervisor takes: no gen_server, and its start is not acknowledged.
start_bare(Crasher) ->
    {ok, spawn_link(?MODULE, bare, [Crasher])}.

bare(Crasher) ->
    ok = started(Crasher),
    receive crash -> exit(crash) end.

%% ---- bytes_per_actor ----

%% The processes live on while those of the next metric are counted: freeing them would blur the baseline.
bytes_per_bare_process() ->
    Before = process_bytes(),
    spawn_idle(?CHILDREN),
    answered = ask(spawn(?MODULE, idle, [])),
    (process_bytes() - Before) / ?CHILDREN.

%% Keeps no pids: a list of them would be counted too.
spawn_idle(0) ->
    ok;
spawn_idle(N) ->
    _ = spawn(?MODULE, idle, []),
    spawn_idle(N - 1).

bytes_per_server() ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, idle_servers),
    true = erlang:garbage_collect(Supervisor),
    Before = process_bytes(),
    start_children(?CHILDREN, Supervisor),
    true = erlang:garbage_collect(Supervisor),
    (process_bytes() - Before) / ?CHILDREN.

start_children(0, _Supervisor) ->
    ok;
start_children(N, Supervisor) ->
    {ok, _} = supervisor:start_child(Supervisor, []),
    start_children(N - 1, Supervisor).

process_bytes() ->
    true = erlang:garbage_collect(),
    erlang:memory(processes_used).

%% ---- supervisors ----

init({crasher, Module, Function, Crasher}) ->
    Flags = #{strategy => one_for_one, intensity => 1_000_000_000, period => 1},
    {ok, {Flags, [#{id => child, start => {Module, Function, [Crasher]}, restart => permanent}]}};
init(idle_servers) ->
    Flags = #{strategy => simple_one_for_one},
    {ok, {Flags, [#{id => child, start => {runtime_server, start_link, []}, shutdown => brutal_kill}]}}.

stop_supervisor(Supervisor) ->
    Monitor = monitor(process, Supervisor),
    true = unlink(Supervisor),
    true = exit(Supervisor, shutdown),
    receive {'DOWN', Monitor, process, Supervisor, _} -> ok end.

%% ---- helpers ----

kill(Pids) ->
    lists:foreach(fun(Pid) -> exit(Pid, kill) end, Pids).

now_ns() ->
    erlang:monotonic_time(nanosecond).

rate(Units, StartNs) ->
    Units * 1.0e9 / (now_ns() - StartNs).

median(Sorted) ->
    lists:nth((length(Sorted) + 1) div 2, Sorted) * 1.0.
