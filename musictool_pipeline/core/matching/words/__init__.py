"""What is known of words in any text.

text          bare strings: mending, folding, likeness
lexicon       the words that labels, shops and DJ programs print beside a title
lost_letters  letters that a program or a censor replaced
counting      numbers, parts and years
shared_words  which words two texts share, and how much those weigh
"""
