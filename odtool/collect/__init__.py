"""Reading what is really published: portals of many kinds → observations. `gather.collect` tells the story."""
