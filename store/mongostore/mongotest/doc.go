// Package mongotest starts servers for tests that speak the protocol of MongoDB:
// FerretDB v1.24.2 on SQLite, with its data in a temporary directory and on a free port
// of the loopback interface. The first [Start] of a test binary builds and starts the
// program ferret, in a module of its own, so that nobody else requires FerretDB; it
// ends with the test binary. Each Start has a database and a proxy of its own.
//
// The proxy is in front of the server, and lets one command through at a time:
// FerretDB reads and then writes, and would lose updates that MongoDB does not. The
// proxy also makes what servers and networks do to a program that uses them: it
// stands still, drops connections, answers in place of the server and loses
// answers, see [Server.Script].
//
// What FerretDB 1.24.2 lacks, among others: indexes with expireAfterSeconds and
// partial ones, transactions, updates by pipelines, $expr, change streams, names of
// members with a dot in them, and arrays in arrays.
//
// Where SOJOURN_TEST_MONGODB_URL names a server, such as mongodb://127.0.0.1:27017/,
// that one is used behind the proxy, which then lets commands pass at any time. It
// must be alone or the primary of its replica set, without TLS. Each [Start] takes
// a database there whose name begins with "sojourn_test_", and drops it afterwards.
package mongotest
