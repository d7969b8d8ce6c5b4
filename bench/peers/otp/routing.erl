%% The routing scenario on ETS: `routing:main([Users, Ms, Seed])` prints one JSON object per figure.
%% A table of who is online: {User, [Session]}, users as binaries, read and written by one process.
-module(routing).
-export([main/1]).

-define(BATCH, 1000).
-define(READS_PER_WRITE, 9).

main([UsersText, MsText, SeedText]) ->
    Users = list_to_integer(UsersText),
    Ms = list_to_integer(MsText),
    rand:seed(exsss, list_to_integer(SeedText)),
    Keys = list_to_tuple([<<"bench/user-", (integer_to_binary(I))/binary>> || I <- lists:seq(0, Users - 1)]),
    Order = list_to_tuple([rand:uniform(Users) || _ <- lists:seq(1, 1 bsl 20)]),
    io:format("{\"otp\":\"~s\"}~n", [erlang:system_info(otp_release)]),
    Table = ets:new(users, [set, private]),
    Empty = ets:info(Table, memory),
    [ets:insert(Table, {element(I, Keys), [I]}) || I <- lists:seq(1, Users)],
    Words = (ets:info(Table, memory) - Empty) / Users,
    %% Without the key, which ETS copies into the table: a binary of up to 64 bytes.
    KeyWords = erts_debug:flat_size(element(Users, Keys)),
    report("bytes_per_user", (Words - KeyWords) * erlang:system_info(wordsize)),
    Look = fun(At, State) -> ets:lookup(Table, element(element(At, Order), Keys)), State end,
    Write = fun(At, State) -> write(Table, element(At, Order), Keys, State) end,
    Mixed = fun(At, State) -> mixed(Table, At, Order, Keys, State) end,
    Nobody = {0, queue:new()},
    {Looks, _} = rate(Look, Ms, Nobody),
    {Writes, Away} = rate(Write, Ms, Nobody),
    {Mixes, _} = rate(Mixed, Ms, Away),
    report("user_lookups_per_s", Looks),
    report("user_writes_per_s", Writes),
    report("user_lookups_under_churn_per_s", Mixes * ?READS_PER_WRITE),
    halt(0).

%% One write after the other: a user goes, and comes back some writes later.
write(Table, Index, Keys, {Count, Away}) when Count < ?BATCH ->
    Key = element(Index, Keys),
    case ets:take(Table, Key) of
        [] -> come_back(Table, Keys, {Count, Away});
        [_] -> {Count + 1, queue:in(Index, Away)}
    end;
write(Table, _Index, Keys, State) ->
    come_back(Table, Keys, State).

come_back(Table, Keys, {Count, Away}) ->
    {{value, Index}, Left} = queue:out(Away),
    ets:insert(Table, {element(Index, Keys), [Index]}),
    {Count - 1, Left}.

mixed(Table, At, Order, Keys, State) ->
    look(?READS_PER_WRITE, Table, At, Order, Keys),
    write(Table, element(At, Order), Keys, State).

look(0, _, _, _, _) -> ok;
look(Left, Table, At, Order, Keys) ->
    Next = 1 + ((At + Left * 7919) rem tuple_size(Order)),
    ets:lookup(Table, element(element(Next, Order), Keys)),
    look(Left - 1, Table, At, Order, Keys).

%% Calls per second, the first half of the time to warm up; and who is away then.
rate(Call, Ms, State) ->
    {_, _, Warm} = run_for(Ms / 2, Call, State),
    {Calls, Took, After} = run_for(Ms / 2, Call, Warm),
    {Calls * 1.0e9 / Took, After}.

run_for(Ms, Call, State) ->
    Start = erlang:monotonic_time(nanosecond),
    run_until(Start, Ms * 1.0e6, Call, State, 0).

run_until(Start, For, Call, State, Calls) ->
    After = batch(?BATCH, Call, Calls, State),
    Took = erlang:monotonic_time(nanosecond) - Start,
    case Took < For of
        true -> run_until(Start, For, Call, After, Calls + ?BATCH);
        false -> {Calls + ?BATCH, Took, After}
    end.

batch(0, _, _, State) -> State;
batch(Left, Call, Calls, State) ->
    batch(Left - 1, Call, Calls, Call(1 + ((Calls + Left) rem (1 bsl 20)), State)).

report(Name, Value) ->
    io:format("{\"metric\":\"~s\",\"value\":~.3f}~n", [Name, Value * 1.0]).
