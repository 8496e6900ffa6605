package redisstore_test

const roleVariable = "SOJOURN_TEST_REDIS_ROLE"

// play is the main function of a second process.
func play(role string) int { return 1 }
