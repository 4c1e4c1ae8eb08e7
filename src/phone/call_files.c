#include "phone/call_files.h"

int ahoy_call_files_open(const ahoy_phone_options *options, ahoy_call_files *files, ahoy_buf *why)
{
	int err;

	memset(files, 0, sizeof *files);
	err = options->play ? ahoy_wav_open(options->play, &files->play, why) : 0;
	if (!err && options->hold_music)
		err = ahoy_wav_open(options->hold_music, &files->hold_music, why);
	if (!err && options->record)
		err = ahoy_wav_check_writable(options->record, why);
	if (err)
		ahoy_call_files_close(files);
	else
		files->record = options->record;
	return err;
}

void ahoy_call_files_close(ahoy_call_files *files)
{
	ahoy_wav_close(files->play);
	ahoy_wav_close(files->hold_music);
	files->play = files->hold_music = NULL;
}

int ahoy_call_files_number(ahoy_call_files *files, const ahoy_phone_options *options, unsigned call)
{
	ahoy_buf b = ahoy_buf_over(files->numbered, sizeof files->numbered);
	ahoy_slice path = ahoy_slice_of(options->record), name = path;
	size_t dot = path.len;

	files->record = options->record;
	if (!options->record || call < 2)
		return 0;
	/* The number stands before the name's last dot; a dot in a folder's name is none of it, nor one that begins
	 * the name. */
	for (size_t i = path.len; i-- > 0 && path.ptr[i] != '/';) {
		name = ahoy_slice_from(path, i);
		if (path.ptr[i] == '.' && dot == path.len)
			dot = i;
	}
	if (path.ptr + dot == name.ptr)
		dot = path.len;
	ahoy_buf_put(&b, ahoy_slice_first(path, dot));
	ahoy_buf_fmt(&b, "-%u", call);
	ahoy_buf_put(&b, ahoy_slice_from(path, dot));
	if (b.full || b.len == b.cap)
		return AHOY_ETOOBIG;
	files->record = ahoy_buf_cstr(&b);
	return 0;
}
