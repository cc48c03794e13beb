/* SPDX-License-Identifier: MIT */
/*
 * Plays a story on a core of its own. A story is text:
 *
 *   == A lock passes to the oldest waiter when its holder leaves.
 *   edge: 25 29
 *
 *   [   0] A lock.acquire k
 *   [   0] A < ok token=T1
 *   [  10] B lock.acquire k wait_ms=50
 *   [  20] A leaves
 *   [  20] B < ok token=T2 abandoned=true
 *
 * Its lines are of four sorts:
 *
 * Head, before the first step. "shares: keys=2 waits=1 bytes=100
 *   connections=3" sets what one uid may use, "max_line: 200" the longest
 *   line, "first token: 500" the first token, "messages: shown" that refusals
 *   are shown with their messages. The title and the edges are for readers.
 *
 * Steps, "[time] who does what". The core is first advanced to the time,
 *   deadline by deadline, so that all that is due on the way comes out at its
 *   own time. "[time] & ..." is one more step of the same turn: the answers
 *   are taken out of the core only after it. What can be done:
 *     A lock.acquire k ...        a request (see ask.h)
 *     A > {"op":"ping"}           a line as it stands
 *     A sends too long a line
 *     A joins uid=1001 pid=7 command=cron    else a session joins when it
 *                                 first acts, with uid 1000 and a pid from 101
 *     A leaves                    its connection has ended
 *     A unread lock.release k     a line found unread after that end; A still
 *                                 has to leave, and hears nothing any more
 *     A closes its sending side   it leaves when it waits for nothing more
 *     A never hears of T3         the answer with the detached hold T3 was lost
 *     time passes
 *     the daemon wakes up         the time has jumped here in one go
 *     the daemon shuts down
 *     what is left?               keys, holds and waits, and what is charged
 *
 * Answers, "[time] A < ..." (see show.h): those of the one who acted first,
 *   then those of the others in the order in which they joined; the answers of
 *   one session in the order in which they came. That B waits shows in its
 *   having no answer.
 *
 * Questions, '  says "text"': whether a message among the answers just above
 *   holds this text.
 */
#ifndef PLAY_H
#define PLAY_H

/* Plays the story and returns it with the answers that the core gave in place
 * of those that were written; the caller frees it. */
char *play_story(const char *text);

#endif
