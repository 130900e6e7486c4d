// Package store says where live state lives: the events of shoppers, and the states that are folded from them. Package store/embedded keeps
// it on this machine's disk and store/redis in a Redis server, both to one contract, which store/storetest puts to the test.
//
// Main types: [Events] is the log of events and its upkeep, made of [Log] and [Keeper]; [States] holds one small value per user;
// [Record] is an event with its number; [Relay] writes to this machine's disk first and then on to a shared store.
//
// # Caveats
//
// Numbers follow the order of arrival, not the time of the events: a late event has a high number and an old time. Numbers of two stores
// do not compare. An event that was erased or has expired leaves a gap.
package store
