/* call_files: the sound files of a command's calls, checked before anything is sent: nobody is called for a file that
 * is not there.
 * Owns the files to be played. Thread kind: owned. */
#ifndef AHOY_PHONE_CALL_FILES_H
#define AHOY_PHONE_CALL_FILES_H

#include "phone/options.h"
#include "phone/wav.h"

typedef struct {
	ahoy_wav_in *play;	 /* opened and checked; NULL: none */
	ahoy_wav_in *hold_music; /* likewise */
	const char *record;	 /* NULL: none */
	char numbered[4096];	 /* what record points to for a later call */
} ahoy_call_files;

/* AHOY_EIO, AHOY_ENOMEM; `why` has the line then, and nothing is open. */
int ahoy_call_files_open(const ahoy_phone_options *options, ahoy_call_files *files, ahoy_buf *why) AHOY_MUST_USE;
void ahoy_call_files_close(ahoy_call_files *files);
/* Before each call, counted from 1: the first records to FILE.wav, the second to FILE-2.wav. AHOY_ETOOBIG. */
int ahoy_call_files_number(ahoy_call_files *files, const ahoy_phone_options *options, unsigned call) AHOY_MUST_USE;

#endif
