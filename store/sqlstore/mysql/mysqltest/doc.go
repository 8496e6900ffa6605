// Package mysqltest starts MariaDB servers for tests: each with its data in a
// temporary directory, on a free port of the loopback interface, with a random
// password. The installed server program is used, but never a server that the
// machine runs already. A server dies with the test binary that has started it.
//
// A test binary usually needs one, which a [Shared] starts with the first test
// that asks for it; tests that stop or pause a server [Start] one of their own.
//
// Where SOJOURN_TEST_MYSQL_URL names a server, such as a MySQL 8, a Shared uses
// that one, and creates databases there whose names begin with "sojourn_test_".
// Its user needs all privileges on them, and PROCESS, CONNECTION_ADMIN or SUPER for
// the tests that end connections.
//
// Where no server program is installed a test is skipped, or fails if CI is set.
package mysqltest
