// Package sqlstore is the home of the session stores that keep their records
// in a table of an SQL database, one package for each engine. It has no code
// of its own: what the engines do differently (how a statement is prepared,
// what a lost race looks like, how a row expires) is most of what such a
// store does.
//
//   - [github.com/sojourn-dev/sojourn/store/sqlstore/sqlite] is embedded and
//     needs no server.
//   - [github.com/sojourn-dev/sojourn/store/sqlstore/postgres] shares its table
//     with connect-pg-simple.
//   - [github.com/sojourn-dev/sojourn/store/sqlstore/mysql] is for MySQL and
//     MariaDB.
//
// The stores are a module apart from Sojourn itself, so that only those who
// import one of them get its driver into their go.mod file.
package sqlstore
