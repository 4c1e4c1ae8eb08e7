#include "sim/queue.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/network.h"

static bool before(const sim_event *a, const sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->number < b->number;
}

void sim_queue_fini(sim_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		sim_datagram_del(queue->events[i].datagram);
	free(queue->events);
	*queue = (sim_queue){0};
}

void sim_queue_put(sim_queue *queue, const sim_event *event)
{
	size_t at;

	if (queue->count == queue->cap) {
		queue->cap = queue->cap ? queue->cap * 2 : 256;
		queue->events = realloc(queue->events, queue->cap * sizeof *queue->events);
		if (!queue->events) {
			perror("ahoy-sim");
			exit(1);
		}
	}
	at = queue->count++;
	queue->events[at] = *event;
	queue->events[at].number = queue->next_number++;
	while (at > 0 && before(&queue->events[at], &queue->events[(at - 1) / 2])) {
		sim_event swap = queue->events[at];

		queue->events[at] = queue->events[(at - 1) / 2];
		queue->events[(at - 1) / 2] = swap;
		at = (at - 1) / 2;
	}
}

static void sink(sim_queue *queue)
{
	size_t at = 0;

	for (;;) {
		size_t least = at, left = 2 * at + 1;

		for (size_t child = left; child < left + 2 && child < queue->count; child++)
			if (before(&queue->events[child], &queue->events[least]))
				least = child;
		if (least == at)
			return;
		sim_event swap = queue->events[at];

		queue->events[at] = queue->events[least];
		queue->events[least] = swap;
		at = least;
	}
}

bool sim_queue_pop(sim_queue *queue, sim_event *event)
{
	if (!queue->count)
		return false;
	*event = queue->events[0];
	queue->events[0] = queue->events[--queue->count];
	sink(queue);
	return true;
}

ahoy_time sim_queue_next(const sim_queue *queue)
{
	return queue->count ? queue->events[0].at : AHOY_NEVER;
}
