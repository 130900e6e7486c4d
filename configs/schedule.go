package configs

import "github.com/robfig/cron/v3"

// isSchedule reports whether s is a cron expression: minute, hour, day of the month, month, day of the week; or @daily and the like.
func isSchedule(s string) bool {
	_, err := cron.ParseStandard(s)
	return err == nil
}
