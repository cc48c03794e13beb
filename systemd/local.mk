# The units, the user and the folder; and the configuration. Part of
# Makefile.am.

# Where these go is found by configure; nowhere, where it found nothing.
systemdsystemunit_DATA = systemd/msyncd.service systemd/msyncd.socket
sysusers_DATA = systemd/sysusers.d/msyncd.conf
tmpfiles_DATA = systemd/tmpfiles.d/msyncd.conf
# An example, for those who want it.
dist_doc_DATA = systemd/metrics-port.conf
EXTRA_DIST += systemd/msyncd.service.in systemd/msyncd.socket \
	systemd/sysusers.d/msyncd.conf systemd/tmpfiles.d/msyncd.conf

systemd/msyncd.service: systemd/msyncd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && \
	    sed 's|@bindir[@]|$(bindir)|' $(srcdir)/systemd/msyncd.service.in >$@

# A configuration that is there is somebody's own: it is neither overwritten
# nor removed.
confdir = $(sysconfdir)/msyncd
install-configuration:
	$(MKDIR_P) '$(DESTDIR)$(confdir)'
	test -e '$(DESTDIR)$(confdir)/msyncd.conf' || \
	    $(INSTALL_DATA) $(srcdir)/conf/msyncd.conf '$(DESTDIR)$(confdir)'
# The folder stays where the administrator has something else in it.
uninstall-configuration:
	if cmp -s $(srcdir)/conf/msyncd.conf \
	    '$(DESTDIR)$(confdir)/msyncd.conf'; then \
	    rm '$(DESTDIR)$(confdir)/msyncd.conf'; \
	    rmdir '$(DESTDIR)$(confdir)' 2>/dev/null || true; \
	fi
.PHONY: install-configuration uninstall-configuration

# A prefix of its own gets units of its own.
AM_DISTCHECK_CONFIGURE_FLAGS = \
	--with-systemdsystemunitdir='$$dc_install_base/lib/systemd/system' \
	--with-sysusersdir='$$dc_install_base/lib/sysusers.d' \
	--with-tmpfilesdir='$$dc_install_base/lib/tmpfiles.d'
