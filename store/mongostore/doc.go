// Package mongostore keeps sessions in MongoDB 4.4 or newer, through the driver
// [go.mongodb.org/mongo-driver/v2].
//
//	sessions, err := mongostore.Open(ctx, "mongodb://db/app", mongostore.Options{})
//
// A program that has a client already gives a database of it to [New].
//
// # The collection
//
// Documents are those of the Node package connect-mongo 6.0.0 and 5.1.0, so that an
// Express application and a Go program can share them while both run:
//
//	{_id: "id", expires: ISODate("…"), session: "{\"cookie\":{…},…}"}
//
// The version of a record is its session as it is stored, compared on the server;
// there is no field for it. Of documents MongoDB compares values: that 1 has become
// 1.0 meanwhile, which only another program than Express can do, it does not see.
// Fields that others have added stay, until the session is
// deleted or its id is created anew. With [Options.LastModified] there is a
// lastModified, which connect-mongo asks for where it has touchAfter.
//
// # Data
//
// Data are text in UTF-8, kept byte for byte, of up to some seven megabytes: a save
// sends the state before along, and the two must fit into one command.
//
// With [Options.Documents] the session is a document, as with stringify: false. Then
// data must be a JSON object, and come back as the same value in the same order, but
// with spaces, escapes and numbers as JSON.stringify writes them. A cookie has all its
// nine members and its expiry as a date. What a document cannot hold is [ErrData]: a
// member that is there twice, a name with a zero character, half of a surrogate pair,
// a number that neither a double nor an int64 has exactly, more than 98 levels, and
// what the server refuses, such as names that begin with a dollar sign before MongoDB
// 5.0. An integer beyond 2^53 is an int64, which JavaScript does not read as a number.
//
// Of what Node has stored there, dates come as the text of JSON.stringify, and so do
// an ObjectId, bytes (in base64), a decimal (its digits), and NaN (null). A save leaves
// them as they are if their text is the same as before. In a record that was created
// anew, as a renewal does, they are text. Other types of BSON are [ErrRecord].
//
// # The index of users
//
// What [store.UserIndex] asks for is in two collections of their own, of which Node
// knows nothing. Their names begin with that of the sessions:
//
//	sessions_users:      {_id: "user\nid", expires: ISODate("…")}
//	sessions_not_before: {_id: "user", instant: ISODate("…")}
//
// What is noted of a session stays until it expires or is taken back, whatever becomes
// of the session meanwhile. A document of sessions_not_before is never deleted; each is
// a user whose sessions were ended at once, and deleting it would bring back those that
// are still there.
//
// # Concurrency
//
// Every change is one command on one document, atomic by itself, and no transaction.
// Only what has found nothing to do needs a second one to say why. Reads are from the
// primary, and a write waits for the majority of the replica set. A write whose answer
// was lost with the connection is an error and not repeated, unless retryWrites is
// asked for: then a replica set executes it once, however often it is sent. Reads are
// repeated until the context ends.
//
// # Time
//
// Instants are the clock's of this process, as they are Node's with connect-mongo, and
// kept in milliseconds, rounded down.
//
// # Expired records
//
// The server deletes them by the index that connect-mongo creates, and this package as
// well: on expires, with expireAfterSeconds 0. Where there is none, because the server
// or [Options.NoIndexes] forbids it, each write looks at the next records after its own
// work when a walk through the collection is due, and deletes those that have expired,
// until the end has come. One process walks at a time, which a document in
// sessions_sweep sees to. The store has no goroutine of its own; the driver has some
// until [Store.Close].
package mongostore
